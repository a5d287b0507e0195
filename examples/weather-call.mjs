import { get } from 'node:http';
import { json } from 'node:stream/consumers';

/** Asks the weather API for one station. Waits nearly all of its time, so a worker may have many calls under way. */
export async function celsiusAt(url, station) {
  const response = await new Promise((resolve, reject) => get(`${url}/stations/${station}`, { agent: false }, resolve).on('error', reject));
  if (response.statusCode !== 200) {
    response.resume();
    throw Object.assign(new Error(`station ${station}: status ${response.statusCode}`), { code: `HTTP${response.statusCode}` });
  }
  const { celsius } = await json(response);
  return celsius;
}
