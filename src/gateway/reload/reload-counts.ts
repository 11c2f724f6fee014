/** How often configuration and policy were reloaded, and with what result. */

export class ReloadCounts {
  #succeeded = 0;
  #failed = 0;
  #wasLastSuccessful = true;

  get succeeded(): number {
    return this.#succeeded;
  }

  get failed(): number {
    return this.#failed;
  }

  /** True before the first. */
  get wasLastSuccessful(): boolean {
    return this.#wasLastSuccessful;
  }

  /** Counts one; rejects as it does. */
  async count<Report>(reload: () => Promise<Report>): Promise<Report> {
    try {
      const report = await reload();
      this.#succeeded++;
      this.#wasLastSuccessful = true;
      return report;
    } catch (error) {
      this.#failed++;
      this.#wasLastSuccessful = false;
      throw error;
    }
  }
}
