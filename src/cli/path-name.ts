import { InvalidArgumentError } from 'commander';

/** The path that an option gives: an empty one is what a variable gives that is not set. */
export function pathName(text: string): string {
  if (text === '') throw new InvalidArgumentError('wanted a path');
  return text;
}
