// 100 calls of a slow weather API, with 1 and with 40 in flight. The API refuses one in ten: those are tried again.
//
//     node examples/weather.mjs
import { performance } from 'node:perf_hooks';
import { URL } from 'node:url';
import { ProcessQueue } from 'rastq';
import { startWeather } from './weather-server.mjs';

const STATIONS = 100;

for (const { workers, concurrency } of [{ workers: 1, concurrency: 1 }, { workers: 2, concurrency: 20 }]) {
  const weather = await startWeather();
  const calls = new ProcessQueue({
    module: new URL('weather-call.mjs', import.meta.url),
    export: 'celsiusAt',
    workers,
    concurrency,
    retries: 5,
    backoffMs: 20,
    retryIf: ({ code }) => code === 'HTTP503' || code === 'ECONNRESET',
  });
  const started = performance.now();
  const degrees = await calls.map(Array.from({ length: STATIONS }, (_, station) => ({ url: weather.url, station })));
  const seconds = (performance.now() - started) / 1000;
  await calls.close();
  await weather.stop();
  const mean = degrees.reduce((sum, celsius) => sum + celsius, 0) / degrees.length;
  const { requests, mostAtOnce } = weather.seen;
  console.log(`${workers * concurrency} in flight: ${degrees.length} stations, ${mean.toFixed(2)} degrees on average, ${requests} requests, at most ${mostAtOnce} at once, ${seconds.toFixed(1)} s`);
}
