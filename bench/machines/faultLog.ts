/** What happened when and where; told as it happens, and as a table at the end. */
export type FaultLog = {
  add(where: string, what: string): void;
  /** As Markdown. */
  table(): string;
};

type Row = { seconds: string; where: string; what: string };

const WHERE_WIDTH = 10;

/** Times are seconds since this call. */
export function createFaultLog(): FaultLog {
  const began = performance.now();
  const rows: Row[] = [];
  return {
    add(where, what) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      rows.push({ seconds, where, what });
      console.log(`  ${seconds.padStart(6)} s  ${where.padEnd(WHERE_WIDTH)} ${what}`);
    },
    table() {
      const lines = rows.map(({ seconds, where, what }) => `| ${seconds} | ${where} | ${what.replaceAll('|', '/')} |`);
      return ['| s | where | what |', '| ---: | --- | --- |', ...lines].join('\n');
    },
  };
}
