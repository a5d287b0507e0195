import type { ResolveHook } from 'node:module';

/** What a user's module may import though it is not installed beside it: the packages that rastq's own pixels are made with. */
const OWN = new Set(['ndarray', 'ndarray-ops', 'rastq']);

/** Node's hook for finding modules: where a user's module finds none of these by itself, rastq's are taken. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (cause) {
    if (!OWN.has(specifier)) throw cause;
    return nextResolve(specifier, { ...context, parentURL: import.meta.url });
  }
};
