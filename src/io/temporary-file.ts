import { type FileHandle, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ioError } from '../errors.js';

/** A file without a name: it is gone with the process, however that ends. Used by one thread. */
export class TemporaryFile {
  readonly #folder: string;
  #file: FileHandle | undefined;
  #isClosed = false;

  /** @param folder where it lies; nothing is made there before the first byte is written */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws IoError */
  async write(position: number, bytes: Uint8Array): Promise<void> {
    await this.#attempt('cannot write a temporary file, --spool-dir sets where', async () => {
      const file = (this.#file ??= await this.#create());
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    });
  }

  /** Fills `into`; there are as many bytes. @throws IoError */
  async read(position: number, into: Uint8Array): Promise<void> {
    await this.#attempt('cannot read a temporary file', async () => {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await this.#file!.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) throw new Error(`it ends at ${position + done}, wanted ${position + into.length}`);
        done += bytesRead;
      }
    });
  }

  /** Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  async #create(): Promise<FileHandle> {
    const path = join(this.#folder, `.rastq.${hostname()}.${process.pid}.${Math.random().toString(36).slice(2)}.spool`);
    const file = await open(path, 'wx+', 0o600);
    await rm(path);
    if (this.#isClosed) await file.close();
    return file;
  }

  async #attempt(step: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      throw ioError(this.#folder, step, cause);
    }
  }
}
