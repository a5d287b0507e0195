import { type Planned, planRequest as plan, type Request } from '../pipeline/request.js';
import { checkRequest } from './options.js';

/**
 * Makes the plan for a request: opens the input, looks at the output's place, and touches nothing.
 * @throws RastqError by cause
 */
export async function planRequest(request: Request): Promise<Planned> {
  checkRequest(request);
  return plan(request);
}
