import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '../errors.js';
import { besidePath, SPOOL } from './own-name.js';

/** A file without a name: it is gone with the process, however that ends. Used by one thread; calls may overlap. */
export class TemporaryFile {
  readonly #folder: string;
  /** From the first write on. */
  #file: Promise<FileHandle> | undefined;

  /** @param folder where it lies; nothing is made there before the first byte is written */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws IoError */
  async write(position: number, bytes: Uint8Array): Promise<void> {
    await this.#attempt('cannot write a temporary file, --spool-dir sets where', async () => {
      const file = await (this.#file ??= this.#create());
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    });
  }

  /** Fills `into`; there are as many bytes. @throws IoError */
  async read(position: number, into: Uint8Array): Promise<void> {
    await this.#attempt('cannot read a temporary file', async () => {
      const file = (await this.#file)!;
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await file.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) throw new Error(`it ends at ${position + done}, wanted ${position + into.length}`);
        done += bytesRead;
      }
    });
  }

  /** Never throws. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.then((opened) => opened.close()).catch(() => undefined);
  }

  async #create(): Promise<FileHandle> {
    const path = besidePath(join(this.#folder, SPOOL), randomUUID());
    const file = await open(path, 'wx+', 0o600);
    await rm(path);
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
