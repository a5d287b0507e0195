import { Command } from 'commander';
import { loadOperation, operationNames } from '../../ops/load.js';
import type { Operation } from '../../ops/operation.js';
import { printableJson } from '../../report/printable.js';
import { kebab, printed } from '../options.js';
import { answer } from '../standard-output.js';

/** `rastq ops`: every operation with its parameters. */
export function opsCommand(): Command {
  return new Command('ops')
    .description('List the operations and their parameters.')
    .option('--json', 'as JSON', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const operations = await Promise.all(operationNames().map(loadOperation));
      answer(json ? printableJson(operations.map(described)) : operations.map(listed).join('\n').trimEnd());
    });
}

function described({ name, summary, params }: Operation): object {
  return {
    name,
    summary,
    params: Object.entries(params).map(([param, { placeholder, help, standard, required }]) => ({
      name: kebab(param), value: placeholder ?? null, help, standard: standard ?? null, required: required ?? false,
    })),
  };
}

/** An operation in a line, and a line for each of its parameters. */
function listed({ name, summary, params }: Operation): string {
  const rows = Object.entries(params).map(([param, { placeholder, help, standard, required }]) => {
    const note = standard === undefined ? (required === true ? ' (required)' : '') : ` (default: ${printed(standard)})`;
    return `    ${(kebab(param) + (placeholder === undefined ? '' : `=${placeholder}`)).padEnd(22)}  ${help}${note}\n`;
  });
  return `${name.padEnd(14)}  ${summary}\n${rows.join('')}`;
}
