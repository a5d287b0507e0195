import { UsageError } from '../errors.js';
import { STANDARD_ACCESS } from '../io/access.js';
import { listNames, namesIn, parseExpression } from '../ops/expression/parse.js';
import type { Params } from '../ops/operation.js';
import { type OpenedInput, openInput } from './input.js';
import type { PlanInput, StackLayer } from './plan.js';
import { refuseSameFile, type Request } from './request.js';
import { checkSameGrid } from './same-grid.js';
import { refuseSidecar } from './sidecars.js';

/** An input of a calculation. */
export interface NamedInput {
  /** What its bands are called by: `a` of `a.b1`; null: none, as only the first may have. */
  readonly name: string | null;
  readonly path: string;
}

/** What is calculated: several inputs where `Request` has one. */
export interface CalcRequest extends Omit<Request, 'input' | 'steps' | 'expand' | 'stack'> {
  /** At least one. */
  readonly inputs: readonly NamedInput[];
  /** Those of the operation. */
  readonly params: Params & { readonly expr: string };
}

/** The most bands of all inputs that an expression may name: each takes 8 bytes a pixel. */
const MOST_BANDS = 1000;

/**
 * Looks at the inputs of a calculation, and what of them it needs, as a request for a plan.
 * @throws RastqError by cause: UsageError where a name is none, or inputs do not lie on one grid
 */
export async function calcRequest({ inputs, params, ...rest }: CalcRequest): Promise<Request> {
  checkNames(inputs);
  const { access = STANDARD_ACCESS } = rest;
  const opened: OpenedInput[] = [];
  for (const { path } of inputs) {
    refuseSameFile(path, rest.output);
    opened.push(await openInput(path, rest.page, access));
    refuseSidecar(path, opened.at(-1)!.sidecars, rest.output);
    checkSameGrid(opened[0], opened.at(-1)!);
  }
  const places = bandNames(inputs, opened.map(({ input }) => input));
  const used = namesIn(parseExpression(params.expr));
  const unknown = used.find((name) => !places.has(name));
  if (unknown !== undefined) throw new UsageError(`--expr "${params.expr}": there is no ${unknown}: the bands are ${listNames([...places.keys()])}`);
  const snapshots = [...opened.flatMap((each) => each.snapshots), ...access.snapshots];
  const request = { ...rest, access: { ...access, snapshots }, input: inputs[0].path };
  const withNames = (placeOf: (name: string) => number): Request['steps'] => [
    { operation: 'calc', params: { ...params, names: Object.fromEntries(used.map((name) => [name, placeOf(name)])) } },
  ];
  if (inputs.length === 1) return { ...request, steps: withNames((name) => places.get(name)!.band) };
  const layers = opened.map(({ input }, at): StackLayer => {
    const bands = new Set(used.map((name) => places.get(name)!).filter((place) => place.at === at).map(({ band }) => band));
    return { input, bands: [...bands].sort((a, b) => a - b) };
  });
  const stacked = layers.flatMap(({ bands }, at) => bands.map((band) => ({ at, band })));
  if (stacked.length > MOST_BANDS) throw new UsageError(`--expr: names ${stacked.length} bands, wanted at most ${MOST_BANDS}`);
  const steps = withNames((name) => stacked.findIndex(({ at, band }) => at === places.get(name)!.at && band === places.get(name)!.band));
  const stack = layers.filter(({ bands }) => bands.length > 0);
  return { ...request, steps, ...(stack.length > 0 && { stack }) };
}

function checkNames(inputs: readonly NamedInput[]): void {
  inputs.forEach(({ name, path }, i) => {
    if (name === null && i > 0) throw new UsageError(`--input ${path}: a second input needs a name: --input NAME=${path}`);
    if (name !== null && /^b\d+$/.test(name)) throw new UsageError(`--input ${name}=${path}: ${name} is the name of a band, give another one`);
    if (name !== null && inputs.findIndex((other) => other.name === name) < i) throw new UsageError(`--input ${name}=${path}: there is a ${name} already`);
  });
}

/** What the bands of all inputs are called: b1 of the first, NAME.b1 of a named one, NAME where it has one band only. */
function bandNames(inputs: readonly NamedInput[], opened: readonly PlanInput[]): Map<string, { readonly at: number; readonly band: number }> {
  const places = new Map<string, { at: number; band: number }>();
  inputs.forEach(({ name }, at) => {
    const { bands, alpha } = opened[at].profile;
    const own = Array.from({ length: bands }, (_, band) => band).filter((band) => band !== alpha);
    for (const band of own) {
      if (at === 0) places.set(`b${band + 1}`, { at, band });
      if (name !== null) places.set(`${name}.b${band + 1}`, { at, band });
    }
    if (name !== null && own.length === 1) places.set(name, { at, band: own[0] });
  });
  return places;
}
