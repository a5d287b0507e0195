/** The head of an answer to GET. */
export interface HttpHead {
  readonly status: number;
  /** By lower-case name; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes of the body; undefined where they are known at its end only. */
  readonly length: number | undefined;
  /** Whether the connection serves another request after it. */
  readonly keepsAlive: boolean;
}

const STATUS = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const BODILESS = [204, 304];

/**
 * Reads the head of an answer, RFC 9112.
 * @param text before its empty line
 * @returns undefined where it is none, or where the length of its body is not clear
 */
export function parseHttpHead(text: string): HttpHead | undefined {
  const [first, ...lines] = text.split('\r\n');
  const [, minor, digits] = STATUS.exec(first) ?? [];
  if (digits === undefined) return undefined;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  const { connection = '', 'content-length': length, 'transfer-encoding': coding } = headers;
  if (length !== undefined && (coding !== undefined || !/^\d{1,15}$/.test(length))) return undefined;
  const status = Number(digits);
  const asks = connection.toLowerCase().split(/[ \t]*,[ \t]*/);
  return {
    status,
    headers,
    length: BODILESS.includes(status) ? 0 : length === undefined ? undefined : Number(length),
    keepsAlive: minor === '1' ? !asks.includes('close') : asks.includes('keep-alive'),
  };
}
