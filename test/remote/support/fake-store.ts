import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What is asked of a store: of an upload, of an object, or of what is beside the output. */
export type StoreRequest = 'begin' | 'part' | 'complete' | 'abort' | 'list parts' | 'list uploads' | 'put' | 'get' | 'head';

/** What becomes of a request. */
export type StoreFault =
  /** It is done, and the answer gets lost. */
  | 'lose the answer'
  /** Nothing happens. */
  | 'stall'
  /** It is answered so. */
  | { readonly status: number; readonly body?: string; /** Whether it is done all the same. */ readonly isDone?: boolean };

/** What becomes of a request, the n-th of its kind from 0; undefined: it is done and answered well. */
export type StoreFaults = (what: StoreRequest, n: number) => StoreFault | undefined;

/** A store of one bucket, `bucket`, that answers what a test wants, as no real one can be made to. */
export interface FakeStore {
  /** How rastq gets there. */
  readonly env: NodeJS.ProcessEnv;
  readonly asked: readonly StoreRequest[];
  /** The ids of uploads that are open. */
  readonly uploads: () => string[];
  readonly objects: () => string[];
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly what: StoreRequest;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Stored {
  readonly bytes: Buffer;
  readonly mark: string;
}

interface Upload {
  readonly key: string;
  readonly mark: string;
  readonly parts: Map<number, Buffer>;
}

const MARK = 'x-amz-meta-rastq-upload';

/** The body of an error of S3. */
export const errorBody = (code: string): string => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;

export const refused: StoreFault = { status: 403, body: errorBody('AccessDenied') };

const missing = (code: string): Answer => ({ status: 404, body: errorBody(code) });

/** Starts a store where nothing is. */
export async function startFakeStore(t: TestContext, faults: StoreFaults): Promise<FakeStore> {
  const content = new Content();
  const asked: StoreRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams: query } = new URL(request.url!, 'http://store');
    const what = requestOf(request.method!, query);
    const one = { what, key: pathname.replace('/bucket/', ''), query, headers: request.headers, body: Buffer.concat(chunks) };
    const fault = faults(what, asked.filter((before) => before === what).length);
    asked.push(what);
    if (fault === 'stall') return;
    const done = fault === undefined || fault === 'lose the answer' || fault.isDone === true ? content.act(one) : undefined;
    if (fault === 'lose the answer') return void request.socket.destroy();
    const { status, body = '', headers = {} }: Answer = fault ?? done!;
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(what === 'head' ? '' : body);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => request.socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { AWS_ENDPOINT_URL, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_PROFILE: undefined },
    asked,
    uploads: () => [...content.uploads.keys()],
    objects: () => [...content.objects.keys()],
  };
}

function requestOf(method: string, query: URLSearchParams): StoreRequest {
  const isOfUpload = query.has('uploadId');
  switch (method) {
    case 'POST':
      return isOfUpload ? 'complete' : 'begin';
    case 'PUT':
      return isOfUpload ? 'part' : 'put';
    case 'DELETE':
      return 'abort';
    case 'HEAD':
      return 'head';
    default:
      return isOfUpload ? 'list parts' : query.has('uploads') ? 'list uploads' : 'get';
  }
}

/** What a store has, and does where nothing goes wrong. */
class Content {
  readonly uploads = new Map<string, Upload>();
  readonly objects = new Map<string, Stored>();
  #begun = 0;

  act(asked: Asked): Answer {
    const { what, key, headers, body } = asked;
    switch (what) {
      case 'begin': {
        const id = `upload-${++this.#begun}`;
        this.uploads.set(id, { key, mark: String(headers[MARK]), parts: new Map() });
        return { status: 200, body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` };
      }
      case 'list uploads': {
        const listed = [...this.uploads].map(([id, { key: Key }]) => `<Upload><Key>${Key}</Key><UploadId>${id}</UploadId></Upload>`);
        return { status: 200, body: `<ListMultipartUploadsResult>${listed.join('')}</ListMultipartUploadsResult>` };
      }
      case 'put':
        this.objects.set(key, { bytes: body, mark: '' });
        return { status: 200 };
      case 'get':
      case 'head': {
        const object = this.objects.get(key);
        return object === undefined ? missing('NoSuchKey') : { status: 200, body: object.bytes, headers: { [MARK]: object.mark } };
      }
      default:
        return this.#actOnUpload(asked);
    }
  }

  #actOnUpload({ what, query, body }: Asked): Answer {
    const id = query.get('uploadId')!;
    const upload = this.uploads.get(id);
    if (upload === undefined) return missing('NoSuchUpload');
    const { key, mark, parts } = upload;
    if (what === 'list parts') return { status: 200, body: '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>' };
    if (what === 'part') {
      parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: '"part"' } };
    }
    this.uploads.delete(id);
    if (what === 'abort') return { status: 204 };
    this.objects.set(key, { bytes: Buffer.concat([...parts.keys()].sort((a, b) => a - b).map((number) => parts.get(number)!)), mark });
    return { status: 200, body: '<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>' };
  }
}
