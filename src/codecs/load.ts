import { readdirSync } from 'node:fs';
import { loadModule } from '../load-module.js';
import type { Codec } from './codec.js';

const HERE = new URL('.', import.meta.url);
const NOT_CODECS = new Set(['codec.js', 'load.js']);

let loaded: Promise<readonly Codec[]> | undefined;

/** Every codec of this folder, in the order of their file names. A codec file is light: it loads its engine on open. */
export function loadCodecs(): Promise<readonly Codec[]> {
  loaded ??= Promise.all(codecFiles().sort().map(loadCodec));
  return loaded;
}

/** The codec for a value of the TIFF Compression tag, or undefined. */
export async function codecByTag(tag: number): Promise<Codec | undefined> {
  return (await loadCodecs()).find((codec) => codec.tags.includes(tag));
}

/** The codec of a name, any case, or undefined. A codec's file is named as the codec: no other one is loaded. */
export async function codecByName(name: string): Promise<Codec | undefined> {
  const file = `${name.toLowerCase()}.js`;
  return codecFiles().includes(file) ? loadCodec(file) : undefined;
}

const codecFiles = (): string[] => readdirSync(HERE).filter((file) => file.endsWith('.js') && !NOT_CODECS.has(file));

async function loadCodec(file: string): Promise<Codec> {
  return ((await loadModule(new URL(file, HERE).href)) as { default: Codec }).default;
}
