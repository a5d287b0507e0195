import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtureNamed } from '../../fixtures/scenes.js';
import { trueMetadata } from '../../src/tiff/gdal-metadata.js';

const wrapped = (...items: string[]): string => `<GDALMetadata>\n${items.map((item) => `  ${item}\n`).join('')}</GDALMetadata>\n`;
const OTHER = '<Item name="SENSOR">Made of numbers</Item>';

describe('metadata items', () => {
  const kept: [what: string, item: string][] = [
    ['of the file', OTHER],
    ['of a band', '<Item name="WAVELENGTH" sample="2">0.84</Item>'],
    ['that describe a band', '<Item name="DESCRIPTION" sample="0" role="description">blue</Item>'],
    ['of colour', '<Item name="COLORINTERP" sample="3" role="colorinterp">nir</Item>'],
    ['of another domain', '<Item name="LINE_OFF" domain="RPC">22</Item>'],
    ['without contents', '<Item name="EMPTY"/>'],
    ['with escapes, to the byte', '<Item name="A &amp; B">x &lt; y &#10; caf\u00e9</Item>'],
    ['of several lines', '<Item name="NOTE">one\n  two\n</Item>'],
    ['with other spacing', "<Item  sample = '1'\n name = 'X' >7</Item >"],
    ['whose contents speak of statistics', '<Item name="NOTE">STATISTICS_MEAN role="scale"</Item>'],
    ['whose name only begins like statistics', '<Item name="STATISTICSOFFICE">Oslo</Item>'],
    ['whose name only ends like statistics', '<Item name="MY_STATISTICS_MEAN">7</Item>'],
  ];
  for (const [what, item] of kept) {
    test(`${what} are kept`, () => assert.equal(trueMetadata(wrapped(item, OTHER), { keepsValues: false, keepsColours: true }), wrapped(item, OTHER)));
  }

  const dropped: [what: string, item: string][] = [
    ['statistics of the values', '<Item name="STATISTICS_MAXIMUM" sample="0">4711</Item>'],
    ['statistics without contents', "<Item sample='0' name='statistics_approximate'/>"],
    ['how the file was made', '<Item name="INTERLEAVE" domain="IMAGE_STRUCTURE">PIXEL</Item>'],
  ];
  for (const [what, item] of dropped) {
    test(`${what} are left out`, () => {
      for (const keepsValues of [false, true]) assert.equal(trueMetadata(wrapped(item, OTHER), { keepsValues, keepsColours: true }), wrapped(OTHER));
    });
  }

  for (const role of ['scale', 'offset', 'unittype']) {
    test(`the ${role} stays where values keep their meaning`, () => {
      const text = wrapped(`<Item name="ANY" sample="0" role="${role}">0.0001</Item>`, OTHER);
      assert.equal(trueMetadata(text, { keepsValues: true, keepsColours: true }), text);
      assert.equal(trueMetadata(text, { keepsValues: false, keepsColours: true }), wrapped(OTHER));
    });
  }
});

describe('metadata as a whole', () => {
  test('is null where nothing is left', () => {
    for (const text of ['', '<GDALMetadata/>', wrapped(), wrapped('<Item name="STATISTICS_MEAN">1</Item>'), 'no XML at all', '<Item name="CUT']) {
      assert.equal(trueMetadata(text, { keepsValues: false, keepsColours: true }), null);
    }
  });

  test('of the scene keeps its names and loses its statistics', () => {
    const tag = fixtureNamed('scene.tif').spec.extraTags!.find((one) => one.tag === 42112)!;
    const text = tag.values as string;
    const left = trueMetadata(text, { keepsValues: false, keepsColours: true })!;
    assert.equal(left, text.split('\n').filter((line) => !line.includes('STATISTICS_')).join('\n'));
  });
});
