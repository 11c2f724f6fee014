/** A request that cannot be answered as it was made: the client's mistake, not the gateway's. */
import { GatewayError } from '../../report/errors.ts';

export function requestError(message: string): GatewayError {
  return new GatewayError('EREFUSED', message);
}
