/** Begins to load a stage's module before the stage is told what to open it with. What goes wrong is told then. */
export function loadAhead(module: string): void {
  import(module).catch(() => undefined);
}
