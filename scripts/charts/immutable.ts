/** A Kubernetes object as it is rendered. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [key: string]: unknown };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of any kind
  [key: string]: any;
}

/** What the API server lets nobody change after creation. For a StatefulSet that is all but what is listed. */
const statefulSetMutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const immutable: Record<string, (spec: Record<string, unknown>) => Record<string, unknown>> = {
  StatefulSet: (spec) =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !statefulSetMutable.includes(key))),
  Deployment: ({ selector }) => ({ selector }),
  Job: ({ completions, completionMode, selector, template, podFailurePolicy, successPolicy }) => ({
    completions,
    completionMode,
    selector,
    template,
    podFailurePolicy,
    successPolicy,
  }),
  Service: ({ clusterIP }) => ({ clusterIP }),
  PersistentVolumeClaim: ({ accessModes, storageClassName, volumeName }) => ({
    accessModes,
    storageClassName,
    volumeName,
  }),
};

/**
 * Compares two renders of the same releases.
 * @returns one line for each change that an upgrade could not make, or that would leave data behind; empty when all is well
 */
export function immutableChanges(before: Manifest[], after: Manifest[]): string[] {
  const now = new Map(after.map((manifest) => [identity(manifest), manifest]));
  return before.flatMap((old) => {
    const name = identity(old);
    const pick = immutable[old.kind];
    const manifest = now.get(name);
    if (!manifest)
      return old.kind === 'StatefulSet' ? [`${name} is gone: its volumes would be left behind`] : [];
    if (!pick) return [];
    const [was, is] = [pick(old.spec), pick(manifest.spec)];
    return [...new Set([...Object.keys(was), ...Object.keys(is)])]
      .filter((field) => canonical(was[field]) !== canonical(is[field]))
      .map(
        (field) => `${name} spec.${field} cannot change: ${canonical(was[field])} -> ${canonical(is[field])}`,
      );
  });
}

function identity({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** JSON with the keys in order, so that only what is said counts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a.localeCompare(b)))
      : part,
  );
}
