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
 * @returns the text to write, or null where nothing is left
 */
export function trueMetadata(text: string, { keepsValues }: { readonly keepsValues: boolean }): string | null {
  const items = (text.match(ITEM) ?? []).filter((item) => {
    if (/^STATISTICS_/i.test(attribute(item, 'name'))) return false;
    if (attribute(item, 'domain') === 'IMAGE_STRUCTURE') return false;
    return keepsValues || !VALUE_ROLES.has(attribute(item, 'role'));
  });
  if (items.length === 0) return null;
  return `<GDALMetadata>\n${items.map((item) => `  ${item}\n`).join('')}</GDALMetadata>\n`;
}

function attribute(item: string, name: string): string {
  const head = item.slice(0, item.indexOf('>'));
  return new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(head)?.slice(1).find((v) => v !== undefined) ?? '';
}
