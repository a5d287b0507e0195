import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertSilentSuccess, failureOf, onlyLine, runCli } from '../support/cli.js';
import { withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];
const co = (...words: string[]): string[] => words.flatMap((word) => ['--co', word]);

/** Command lines that cannot be, run where `in.tif` is: the words, and what the line must say. */
const REFUSED: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [[], /rastq --help/],
  [['nosuch'], /nosuch/],
  [['help', 'nosuch'], /nosuch/],
  [['normalize'], /'in'/],
  [['normalize', 'in.tif'], /'out'/],
  [[...FILES, 'more.tif'], /too many arguments/],
  [[...FILES, '--nosuch'], /--nosuch/],
  [[...FILES, '--no\nsuch'], /--no.such/],
  [[...FILES, '--co'], /--co.*missing/],
  [[...FILES, '-j', '0'], /--workers.*'0'.*from 1 to/],
  [[...FILES, '-j', '1.5'], /--workers.*'1\.5'.*whole number/],
  [[...FILES, '-q', 'both'], /--queue.*'both'.*bounded, none/],
  [[...FILES, '--queue-size', '0'], /--queue-size.*'0'.*from 1 to/],
  [[...FILES, '--pool', 'gpu'], /--pool.*'gpu'.*threads, processes, inline/],
  [[...FILES, '--window', '0'], /--window.*'0'.*from 1 to/],
  [[...FILES, '-v', '--quiet'], /--verbose and --quiet/],
  [[...FILES, '--range', '5'], /--range 5: wanted two numbers/],
  [[...FILES, '--range', '5,5'], /--range 5,5: wanted .* MIN < MAX/],
  [[...FILES, '--range', '0,inf'], /--range 0,inf: wanted two numbers/],
  [[...FILES, '--dtype', 'float16'], /float16.*uint8, .*float64/],
  [[...FILES, '--nodata', 'none'], /--nodata none: wanted a number, nan, inf or -inf/],
  [[...FILES, '--nodata', '-9999'], /--nodata -9999: uint16 has no such value/],
  [[...FILES, '--nodata', '7'], /--nodata 7 lies in the target range 0\.\.4096.*give a value below 0 or above 4096/],
  [[...FILES, '--nodata', '4096'], /give --range 0,4095 --nodata 4096/],
  [[...FILES, '--dtype', 'uint8', '--range', '0,255', '--nodata', '0'], /give --range 1,255 --nodata 0$/],
  [['normalize', 'in.tif', ''], /the output's name is empty/],
  [['normalize', '', 'out.tif'], /the input's name is empty/],
  [['calc', '', '--expr', 'b1', '--input', 'in.tif'], /the output's name is empty/],
  [['calc', 'in.tif', 'out.tif', '--expr', 'b1'], /too many arguments for 'calc', wanted 1, the output, got 2: give inputs as --input FILE$/],
  [[...FILES, '-co', 'COMPRESS=LZW'], /unknown option '-co', wanted --co KEY=VALUE/],
  [[...FILES, '-ot', 'Byte'], /unknown option '-ot', wanted --dtype T/],
  ...['ftp://host/in.tif', 'gs://bucket/in.tif', '/vsicurl/https://host/in.tif', '/vsis3/bucket/in.tif', 'file:///in.tif'].flatMap((other) => [
    [['normalize', other, 'out.tif'], /in\.tif: rastq knows paths, http.* s3:/] as const,
    [['normalize', 'in.tif', other], /in\.tif: rastq knows paths, http.* s3:/] as const,
  ]),
  [['info', 'ftp://user:secret@host/in.tif'], /: ftp:\/\/host\/in\.tif: rastq knows paths/],
  [['stats', ''], /the input's name is empty/],
  ...['--out-dir', '--files-from', '--report-file', '--html', '--spool-dir'].map((option) => [['normalize', 'in.tif', option, ''], new RegExp(`${option} <\\w+>' argument '' is invalid. wanted a path$`)] as const),
  [['thumbnails', '.', 'small', '--index', ''], /--index <file>' argument '' is invalid. wanted a path$/],
  [['convolve', 'in.tif', 'out.tif', '--kernel', ''], /--kernel : wanted rows of as many numbers each/],
  [['convolve', 'in.tif', 'out.tif', '--kernel', '[[1, 2, 3]'], /--kernel \[\[1, 2, 3\]: is no JSON/],
  [['convolve', 'in.tif', 'out.tif', '--kernel', '1,,2,3'], /--kernel 1,,2,3: wanted numbers from/],
  [['sharpen', '--out-dir', 'gs://bucket/x', 'in.tif'], /gs:\/\/bucket\/x: rastq knows paths/],
  [['thumbnails', '.', 's3://bucket/x'], /s3:\/\/bucket\/x: thumbnails go to a folder/],
  [['convolve', 'in.tif', 'out.tif', '--kernel', '1,2'], /--kernel 1,2: a kernel of 2 x 1, wanted odd numbers/],
  [['convolve', 'in.tif', 'out.tif', '--kernel', ';;'], /--kernel ;;: wanted rows of as many numbers each/],
  [['scale', 'in.tif', 'out.tif', '--factor', ''], /--factor : wanted a number/],
  [['run', 'in.tif', 'out.tif', '--op', 'convolve:kernel='], /--kernel : wanted rows/],
  [[...FILES, ...co('COMPRESS')], /--co COMPRESS: wanted KEY=VALUE/],
  [[...FILES, ...co('NOSUCH=1')], /--co NOSUCH=1: no such option.*COMPRESS.*ZLEVEL/],
  [[...FILES, ...co('COMPRESS=JPEG')], /--co COMPRESS=JPEG: wanted one of .*DEFLATE.*LZW.*NONE.*PACKBITS.*ZSTD/],
  [[...FILES, ...co('ZLEVEL=10')], /--co ZLEVEL=10: .* from 1 to 9/],
  [[...FILES, ...co('PREDICTOR=4')], /--co PREDICTOR=4: wanted one of/],
  [[...FILES, ...co('PREDICTOR=3', 'COMPRESS=DEFLATE')], /--co PREDICTOR=3.*floating-point.*uint16.*PREDICTOR=2/],
  [[...FILES, ...co('BLOCKXSIZE=100')], /--co BLOCKXSIZE=100: wanted a multiple of 16/],
  [[...FILES, ...co('BLOCKXSIZE=16384', 'BLOCKYSIZE=16384')], /tiles of 16384 x 16384.*BLOCKXSIZE/],
  [[...FILES, ...co('INTERLEAVE=LINE')], /--co INTERLEAVE=LINE: wanted one of PIXEL, BAND/],
  [[...FILES, ...co('BIGTIFF=MAYBE')], /--co BIGTIFF=MAYBE: wanted one of YES, NO/],
  [[...FILES, ...co('SPARSE_OK=2')], /--co SPARSE_OK=2: wanted one of TRUE, FALSE/],
  [[...FILES, ...co('TILED=NO')], /--co TILED=NO: rastq writes tiled files only.*gdal/],
];

describe('a command line that cannot be ends with code 2 and one line, and nothing is made', { concurrency: 4 }, () => {
  for (const [words, says] of REFUSED) {
    test(`rastq ${words.join(' ').replace('\n', '\\n')}`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      assert.match(failureOf(await runCli(words, { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }
});

describe('an output that cannot be written over', { concurrency: 4 }, () => {
  test('exists: it stays as it was', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('out.tif'), 'old');
    assert.match(failureOf(await runCli(FILES, { cwd: folder.path }), 2), /^out\.tif: exists already.*--overwrite/);
    assert.equal(readFileSync(folder.at('out.tif'), 'utf8'), 'old');
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });

  test('is a directory', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    mkdirSync(folder.at('out.tif'));
    const result = await runCli([...FILES, '--overwrite'], { cwd: folder.path });
    assert.match(failureOf(result, 2), /^out\.tif: .*not a regular file/);
  });

  test('is a pipe, by a name that stands for what is open', { skip: process.platform !== 'linux' && 'names of pipes lead nowhere on Linux alone' }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    assert.equal(failureOf(await runCli(['normalize', 'in.tif', '/dev/stdout'], { cwd: folder.path }), 2), '/dev/stdout: exists and is not a regular file');
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('is named as a folder is: this is said before the work, not after it', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const result = await runCli(['normalize', 'in.tif', 'new/'], { cwd: folder.path, env: withFault('apply:throw:1') });
    assert.equal(failureOf(result, 2), "new/: names a folder, wanted a file's name");
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('is a link that points nowhere: this is said before the work, not after it', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    symlinkSync('nowhere.tif', folder.at('out.tif'));
    const message = failureOf(await runCli(FILES, { cwd: folder.path }), 2);
    assert.match(message, /^out\.tif: /);
    assert.doesNotMatch(message, /while the run was under way/);
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });

  for (const [how, make] of [
    ['under its own name', (): string => 'in.tif'],
    ['under another spelling of its name', (): string => './/in.tif'],
    ['through a symbolic link', (folder: Folder): string => (symlinkSync('in.tif', folder.at('link.tif')), 'link.tif')],
    ['through a hard link', (folder: Folder): string => (linkSync(folder.at('in.tif'), folder.at('hard.tif')), 'hard.tif')],
  ] as const) {
    test(`is the input ${how}`, async (t) => {
      const folder = new Folder(t);
      const input = folder.addFixture('uint8-full-range.tif');
      const before = readFileSync(input);
      const result = await runCli(['normalize', 'in.tif', make(folder), '--overwrite'], { cwd: folder.path });
      assert.match(failureOf(result, 2), /is the input itself/);
      assert.deepEqual(readFileSync(input), before);
    });
  }
});

describe('a name that is not UTF-8', { concurrency: 4 }, () => {
  // Node passes on no such name: a shell puts it behind the other words.
  const through = ['/bin/sh', '-c', 'exec "$@" "$(printf "a\\377")"', 'sh'];
  for (const words of [
    ['normalize', '--overwrite', 'in.tif'],
    [...FILES, '--report-file'],
    [...FILES, '--html'],
    ['normalize', 'in.tif', '--out-dir'],
    ['calc', '--expr', 'b1', '--input', 'in.tif'],
    ['thumbnails', '.'],
    ['thumbnails', '.', 'out', '--index'],
  ]) {
    test(`of what is written is refused: rastq ${words.join(' ')} NAME`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      writeFileSync(folder.at('a\uFFFD'), "a stranger's");
      assert.match(failureOf(await runCli(words, { cwd: folder.path, through }), 2), /a\uFFFD: a name that is not UTF-8 cannot be passed on/);
      assert.equal(folder.read('a\uFFFD').toString(), "a stranger's");
      assert.deepEqual(folder.list(), ['a\uFFFD', 'in.tif']);
    });
  }

  test('of an input is not found', async (t) => {
    const folder = new Folder(t);
    assert.match(failureOf(await runCli(['calc', 'out.tif', '--expr', 'b1', '--input'], { cwd: folder.path, through }), 5), /ENOENT/);
  });

  test('and one that has U+FFFD itself: an input is read, and gives its output a name', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif', 'a\uFFFD.tif');
    assertSilentSuccess(await runCli(['normalize', 'a\uFFFD.tif', 'out.tif'], { cwd: folder.path }));
    assertSilentSuccess(await runCli(['normalize', 'a\uFFFD.tif', '--out-dir', 'out'], { cwd: folder.path }));
    assert.deepEqual(folder.list(), ['a\uFFFD.tif', 'out', 'out/a\uFFFD.tif', 'out.tif'].sort());
  });
});

describe('--overwrite', { concurrency: 4 }, () => {
  test('replaces an output', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('out.tif'), 'old');
    assertSilentSuccess(await runCli([...FILES, '--overwrite'], { cwd: folder.path }));
    assert.equal(readFileSync(folder.at('out.tif'), 'latin1').slice(0, 2), 'II');
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });

  for (const [why, fixture, env, code] of [
    ['the input is damaged', 'corrupt/deflate-garbage/strips.tif', {}, 4],
    ['the operation fails', 'uint8-full-range.tif', withFault('apply:throw:1'), 6],
    ['the disk is full', 'uint8-full-range.tif', withFault('write:ENOSPC:1'), 5],
  ] as const) {
    test(`keeps the old output where ${why}`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture(fixture);
      writeFileSync(folder.at('out.tif'), 'old');
      failureOf(await runCli([...FILES, '--overwrite', '--pool', 'threads'], { cwd: folder.path, env }), code);
      assert.equal(readFileSync(folder.at('out.tif'), 'utf8'), 'old');
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
    });
  }
});

describe('what was asked for goes to stdout', { concurrency: 4 }, () => {
  for (const [words, shows] of [
    [['--help'], /Usage: rastq .*normalize .*Exit codes: 0 /s],
    [['help'], /Usage: rastq /],
    [['normalize', '--help'], /Usage: rastq normalize .*--range <MIN,MAX>.*--co <key=value>/s],
    [['help', 'normalize'], /Usage: rastq normalize /],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ] as const) {
    test(`rastq ${words.join(' ')}`, async () => {
      const result = await runCli(words);
      assertSilentSuccess(result);
      assert.match(result.stdout, shows);
    });
  }
});

describe('a stack is shown with -v only', { concurrency: 4 }, () => {
  const STACK = /UsageError: --co X.*\\n +at /;

  test('in JSON', async () => {
    const brief = await runCli([...FILES, ...co('X')]);
    assert.doesNotMatch(brief.stderr, STACK);
    const verbose = onlyLine((await runCli([...FILES, ...co('X'), '-v'])).stderr);
    assert.match(verbose, STACK);
  });

  test('in the format for terminals', async () => {
    const pretty = [...FILES, ...co('X'), '--log-format', 'pretty'];
    assert.match(onlyLine((await runCli(pretty)).stderr), /^ERROR: --co X: wanted KEY=VALUE/);
    const [line, ...stack] = (await runCli([...pretty, '-v'])).stderr.split('\n');
    assert.match(line, /^ERROR: --co X: wanted KEY=VALUE/);
    assert.ok(stack.some((text) => /^ +at parseCreationOptions /.test(text)));
  });
});
