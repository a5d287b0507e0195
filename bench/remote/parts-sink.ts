import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * A server that takes multipart uploads as S3 does, and keeps their numbers and lengths only. It is as fast as taking
 * bytes can be, so that what is measured against it is the client. It checks no signatures. Prints its port.
 */
const uploads = new Map<string, Map<number, number>>();
const objects = new Map<string, number>();
let count = 0;

const xml = (response: ServerResponse, body: string, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body);
};

async function drain(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await new Promise((resolve, reject) => request.on('end', resolve).on('error', reject));
  return bytes;
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const id = url.searchParams.get('uploadId');
  const bytes = await drain(request);
  if (request.method === 'HEAD') {
    const size = objects.get(url.pathname);
    response.writeHead(size === undefined ? 404 : 200, size === undefined ? {} : { 'content-length': size, etag: '"0"' }).end();
  } else if (url.searchParams.has('uploads')) {
    const next = String(++count);
    uploads.set(next, new Map());
    xml(response, `<InitiateMultipartUploadResult><UploadId>${next}</UploadId></InitiateMultipartUploadResult>`);
  } else if (id === null || !uploads.has(id)) {
    xml(response, '<Error><Code>NoSuchUpload</Code><Message>no such upload</Message></Error>', 404);
  } else if (request.method === 'PUT') {
    const number = Number(url.searchParams.get('partNumber'));
    uploads.get(id)!.set(number, bytes);
    response.writeHead(200, { etag: `"${createHash('md5').update(String(number)).digest('hex')}"`, 'content-length': 0 }).end();
  } else if (request.method === 'DELETE') {
    uploads.delete(id);
    response.writeHead(204).end();
  } else {
    objects.set(url.pathname, [...uploads.get(id)!.values()].reduce((sum, part) => sum + part, 0));
    uploads.delete(id);
    xml(response, '<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>');
  }
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
