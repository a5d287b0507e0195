/**
 * Loads a module that is known by its URL alone: one of a folder that is its own registry, or what a stage runs.
 *
 * The one place for it, as the command line is a file for each kind of thread (`src/bundle.mjs`): there, what is in that file
 * is taken from it.
 */
export const loadModule = (url: string): Promise<unknown> => import(url);
