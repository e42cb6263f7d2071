/** The parts of Kubernetes objects that the plugin reads and writes. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Job {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly suspend?: boolean };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly completionTime?: string };
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

export interface Pod {
  readonly metadata: ObjectMeta;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: {
        readonly terminated?: Terminated;
        readonly running?: object;
        readonly waiting?: { readonly reason?: string };
      };
    }[];
  };
}

export interface List<Item> {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Item[];
}
