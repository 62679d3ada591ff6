import { effect, signal } from '@preact/signals';

/** How the page looks: as the system does, or as chosen. */
export type Theme = 'system' | 'dark' | 'light';

const THEMES: readonly Theme[] = ['system', 'dark', 'light'];
const KEY = 'greekfire-theme';

/** The chosen theme. */
export const theme = signal<Theme>(remembered());

/** Changes when colours do: what draws on a canvas draws anew. */
export const paletteVersion = signal(0);

/** Whether the screen is narrow: the chain then shows one side. */
export const isNarrow = signal(false);

/** The next theme in turn. */
export function cycleTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
}

/** A colour of the style sheet as it stands now, by the name of its property: a canvas knows no properties. */
export function colour(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Applies the theme to the document now and from here on. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    remember(theme.value);
    paletteVersion.value = paletteVersion.peek() + 1;
  });
  const narrow = matchMedia('(max-width: 700px)');
  const fit = (): void => {
    isNarrow.value = narrow.matches;
  };
  fit();
  narrow.addEventListener('change', fit);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    paletteVersion.value += 1;
  });
}

// A page from a file, or one that may keep nothing, has no storage: the theme is then the system's at every start.
function remembered(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}

function remember(name: Theme): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Nothing to do: the choice holds for this visit.
  }
}
