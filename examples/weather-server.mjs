import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 40;
/** Each so many requests one is refused. */
const REFUSED = 10;

/**
 * A weather API on this machine, slow and at times overloaded, to have something to call.
 * @returns its URL, what it has seen, and how to stop it
 */
export async function startWeather() {
  const seen = { requests: 0, atOnce: 0, mostAtOnce: 0 };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer({ url }, response) {
    seen.mostAtOnce = Math.max(seen.mostAtOnce, ++seen.atOnce);
    const isRefused = ++seen.requests % REFUSED === 0;
    await sleep(ANSWER_MS);
    seen.atOnce--;
    const station = Number(url.split('/').at(-1));
    if (isRefused) response.writeHead(503).end();
    else response.end(JSON.stringify({ station, celsius: 10 + (station % 17) }));
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, seen, stop: () => new Promise((resolve) => server.close(resolve)) };
}
