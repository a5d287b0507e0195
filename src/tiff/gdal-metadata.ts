/**
 * GDAL's metadata tag (42112): `<GDALMetadata>` with one flat `<Item name= sample= role= domain=>` an entry. Items are
 * kept or left out as they stand, to the byte; nothing is written anew.
 */

const ITEM = /<Item\b[^>]*?(?:\/>|>[\s\S]*?<\/Item\s*>)/g;

/** Attributes that say something of the values, and so are false once the values are other ones. */
const VALUE_ROLES: ReadonlySet<string> = new Set(['scale', 'offset', 'unittype']);

/**
 * The metadata that stays true in an output.
 * @param text the tag's text
 * @param keepsValues whether the output's samples still mean what the input's did
 * @param keepsColours whether its bands still are of the colours that the input's were
 * @returns the text to write, or null where nothing is left
 */
export function trueMetadata(
  text: string,
  { keepsValues, keepsColours }: { readonly keepsValues: boolean; readonly keepsColours: boolean },
): string | null {
  const items = (text.match(ITEM) ?? []).filter((item) => {
    if (/^STATISTICS_/i.test(attribute(item, 'name'))) return false;
    if (attribute(item, 'domain') === 'IMAGE_STRUCTURE') return false;
    // What it says goes into a mask.
    if (attribute(item, 'name') === NODATA_VALUES && attribute(item, 'sample') === '') return false;
    if (!keepsColours && attribute(item, 'role') === 'colorinterp') return false;
    return keepsValues || !VALUE_ROLES.has(attribute(item, 'role'));
  });
  return textOf(items);
}

/**
 * The metadata of a raster whose bands are picked from another one's: items of a band go where the band goes, once for
 * each place, and those of bands that are left out go with them.
 * @param from for each band the one it was; null: none
 * @param colours by band, where the file's tags do not say them; the items' own word counts more
 */
export function movedMetadata(text: string | null, from: readonly (number | null)[], colours: ReadonlyMap<number, string>): string | null {
  const items = text?.match(ITEM) ?? [];
  const isOf = (item: string, band: number | null): boolean => band !== null && attribute(item, 'sample') === String(band);
  const moved = items.filter((item) => attribute(item, 'sample') === '');
  from.forEach((band, i) => {
    const own = items.filter((item) => isOf(item, band));
    moved.push(...own.map((item) => withSample(item, i)));
    const colour = colours.get(i);
    if (colour === undefined || own.some((item) => attribute(item, 'role') === 'colorinterp')) return;
    moved.push(`<Item name="COLORINTERP" sample="${i}" role="colorinterp">${colour}</Item>`);
  });
  return textOf(moved);
}

/** The metadata without what calls a band alpha; null: nothing is left. */
export function withoutAlpha(text: string | null, band: number): string | null {
  const items = text?.match(ITEM) ?? [];
  const left = items.filter((item) => namesAlpha(readMetadata(item), band) !== true);
  if (left.length === items.length) return text;
  return textOf(left);
}

/** The metadata of these items, each as it is written; null: there are none. */
function textOf(items: readonly string[]): string | null {
  return items.length === 0 ? null : `<GDALMetadata>\n${items.map((item) => `  ${item}\n`).join('')}</GDALMetadata>\n`;
}

/** The item as one of another band. */
function withSample(item: string, band: number): string {
  const end = item.indexOf('>');
  return item.slice(0, end).replace(/(\bsample\s*=\s*)(?:"[^"]*"|'[^']*')/, `$1"${band}"`) + item.slice(end);
}

export interface MetadataItem {
  readonly name: string;
  /** The band it is of, from 0; null: the whole dataset. */
  readonly band: number | null;
  readonly role: string;
  readonly domain: string;
  readonly value: string;
}

/**
 * The items of the tag's text.
 * @param text each byte one character; it is UTF-8
 */
export function readMetadata(text: string): MetadataItem[] {
  const characters = Buffer.from(text, 'latin1').toString('utf8');
  return (characters.match(ITEM) ?? []).map((item) => {
    const sample = attribute(item, 'sample');
    const body = item.endsWith('/>') ? '' : item.slice(item.indexOf('>') + 1, item.lastIndexOf('<'));
    return {
      name: attribute(item, 'name'),
      band: sample === '' ? null : Number(sample),
      role: attribute(item, 'role'),
      domain: attribute(item, 'domain'),
      // GDAL escapes some values twice, and so reads all of them twice.
      value: unescapeXml(unescapeXml(body)),
    };
  });
}

/** Whether the items call a band alpha, where several do the last of them, as in GDAL; undefined: they do not say its colour. */
export function namesAlpha(items: readonly MetadataItem[], band: number): boolean | undefined {
  const item = items.findLast((each) => each.role === 'colorinterp' && each.band === band);
  return item === undefined ? undefined : /^alpha$/i.test(item.value);
}

/**
 * The values that a pixel of nothing has, one a band: GDAL's item of the dataset for files whose bands are invalid
 * together, where each equals its own. null: there is none, or not as many values as bands.
 */
export function nodataTuple(items: readonly MetadataItem[], bands: number): readonly number[] | null {
  const item = items.find(({ name, band, domain }) => name === NODATA_VALUES && band === null && domain === '');
  const values = item?.value.trim().split(/\s+/).map(Number) ?? [];
  return values.length === bands && values.every(Number.isFinite) ? values : null;
}

const NODATA_VALUES = 'NODATA_VALUES';
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXml(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name]);
}

function attribute(item: string, name: string): string {
  const head = item.slice(0, item.indexOf('>'));
  return new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(head)?.slice(1).find((v) => v !== undefined) ?? '';
}
