// Powers with uneven delays: results come out of order, and all of them come.
//
//     node examples/powers.mjs
import { URL } from 'node:url';
import { ProcessQueue } from 'rastq';

const COUNT = 20;

const powers = new ProcessQueue({ module: new URL('power.mjs', import.meta.url), export: 'power', workers: 4 });

async function produce() {
  // The first takes longest.
  for (let base = 1; base <= COUNT; base++) await powers.input.put({ base, exponent: 3, delayMs: (COUNT - base) * 10 });
  powers.input.close();
}

async function consume() {
  const bases = [];
  for await (const { base, exponent, value } of powers.output) {
    console.log(`${base} ** ${exponent} = ${value}`);
    bases.push(base);
  }
  return bases;
}

const [bases] = await Promise.all([consume(), produce()]);
const isInOrder = bases.every((base, i) => base === i + 1);
console.log(`${bases.length} of ${COUNT}, ${isInOrder ? 'in' : 'out of'} order`);
