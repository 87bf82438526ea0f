const works: (() => unknown)[] = [];

/** Does something when all tests are over; what was asked for last is done first. */
export function atEnd(work: () => unknown): void {
  works.push(work);
}

after(async function () {
  this.timeout(600_000); // servers that end in peace, and folders of thousands of files, on a busy machine
  for (const work of works.reverse()) await work();
});

// Servers and workers are ended at the process's own exit as well; a signal that ends it must come by there.
process.once('SIGTERM', () => process.exit(143));
