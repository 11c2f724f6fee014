import { defineConfig } from 'vitest/config';

/** They measure times, or look at the whole machine: nothing may run beside them. */
const ALONE = ['demo', 'lab', 'leases', 'reload'].map((name) => `netns-tests/${name}.test.ts`);
const PATIENT = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], testTimeout: 20_000 } },
      {
        // Real network namespaces. Most of the time goes by in waiting: two files at a time, each with a lab of its own.
        test: {
          name: 'netns',
          include: ['netns-tests/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'netns-alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...PATIENT,
        },
      },
    ],
  },
});
