/** Categories and applications, as Cloudflare names their fields. */
export interface CategoryRecord {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly class: 'free' | 'premium' | 'blocked' | 'removalPending' | 'noBlock';
  readonly beta: boolean;
  readonly subcategories: readonly CategoryRecord[];
}

export interface ApplicationTypeRecord {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
}

export interface ApplicationRecord {
  readonly id: number;
  readonly name: string;
  readonly application_type_id: number;
  readonly created_at: string;
}
