export type PackageLicence = {
  name: string;
  /** An SPDX expression, or `unknown`. */
  licence: string;
  /** Whether only development needs it. */
  dev: boolean;
};

type LockedPackage = { license?: string; dev?: boolean; optionalDependencies?: Record<string, string> };

export function isAcceptable(expression: string): boolean;

export function licencesOf(
  lock: { packages: Record<string, LockedPackage> },
  installedLicence: (place: string) => string | undefined,
): PackageLicence[];

/** The text of docs/licences.md. */
export function licencesPage(packages: readonly PackageLicence[]): string;
