import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { sampleType } from '../../src/tiff/sample-type.js';
import { shellWord } from '../../src/tiff/shell-word.js';

describe('a path in a command that is printed', () => {
  for (const path of ['in.tif', '/data/a-b_c+1.tif', 'my fax.tif', "it's.tif", '$HOME `id`.tif', 'größe.tif', 'a;b&c(d)*?.tif', '~x "y" \\.tif', ' ']) {
    test(`${JSON.stringify(path)} is one word`, { skip: process.platform === 'win32' }, () => {
      assert.equal(execFileSync('/bin/sh', ['-c', `printf '%s|' ${shellWord(path)}`], { encoding: 'utf8' }), `${path}|`);
    });
  }

  test('is no option', () => assert.equal(shellWord('-in.tif'), './-in.tif'));

  test('is as it was where no shell takes it apart', () => assert.equal(shellWord('data/größe-1.tif'), 'data/größe-1.tif'));
});

describe('what converts complex samples', () => {
  for (const [bands, bits, command] of [
    [1, [64], 'gdal_calc.py -A \'my fax.tif\' --calc "abs(A)" --type Float32 --outfile converted.tif'],
    [3, [64, 64, 64], 'gdal_calc.py -A \'my fax.tif\' --calc "abs(A)" --allBands=A --type Float32 --outfile converted.tif'],
  ] as const) {
    test(`keeps all of ${bands}`, () => {
      const message = `my fax.tif: complex samples are not supported, take the magnitude with: ${command}`;
      assert.throws(() => sampleType('my fax.tif', bands, bits, bits.map(() => 6)), { name: 'UnsupportedError', message });
    });
  }
});
