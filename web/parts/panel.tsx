import type { ComponentChildren } from 'preact';
import { downloadSheet } from './download.js';
import type { Sheet } from './csv.js';

/** A panel of the cockpit: a landmark with a heading, its controls, and its content. */
export function Panel(props: {
  readonly id: string;
  readonly title: string;
  readonly controls?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="panel" id={props.id} aria-labelledby={`${props.id}-title`}>
      <header class="panel-head">
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        <div class="controls">{props.controls}</div>
      </header>
      {props.children}
    </section>
  );
}

/** Downloads a table with every digit. */
export function CsvButton({ sheet }: { readonly sheet: () => Sheet }) {
  return (
    <button
      type="button"
      class="quiet"
      data-sheet
      onClick={() => {
        downloadSheet(sheet());
      }}
    >
      CSV
    </button>
  );
}

/** A choice among a few. */
export function Choice<T extends string | number>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <label class="choice">
      <span>{props.label}</span>
      <select
        value={String(props.value)}
        onChange={({ currentTarget }) => {
          props.onChange(props.options[currentTarget.selectedIndex][0]);
        }}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={String(value)}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A number that may be left blank; NaN then. It is taken when the field is left, or Enter is pressed. */
export function NumberField(props: {
  readonly label: string;
  readonly hiddenLabel?: boolean;
  readonly unit?: string;
  readonly value: number;
  /** What stands in the field while it is blank. */
  readonly placeholder?: string;
  readonly onChange: (value: number) => void;
}) {
  const { label, hiddenLabel = false, unit: suffix, value } = props;
  return (
    <label class="number">
      <span class={hiddenLabel ? 'unseen' : ''}>{label}</span>
      <input
        type="number"
        step="any"
        inputMode="decimal"
        placeholder={props.placeholder ?? 'none'}
        value={Number.isNaN(value) ? '' : String(value)}
        onChange={({ currentTarget }) => {
          props.onChange(currentTarget.valueAsNumber);
        }}
      />
      {suffix !== undefined && <small>{suffix}</small>}
    </label>
  );
}

/** One named figure. */
export function Fact(props: { readonly name: string; readonly value: string; readonly unit: string }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.value} <small>{props.unit}</small>
      </dd>
    </div>
  );
}
