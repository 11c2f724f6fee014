/** A free UDP port may be taken over TCP by a test that runs beside this one: then another is drawn. */
export async function retryBusy<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === 10 || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}
