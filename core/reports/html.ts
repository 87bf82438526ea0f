/** Text that is HTML already. Made by `html` and `trusted` only, so nothing else reaches a page without escaping. */
export class Html {
  constructor(readonly markup: string) {}
}

export type Content = string | number | Html | undefined | readonly Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Makes text safe between tags and in quoted attributes, in HTML and in XML. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Markup as it is: for constants of the program and charts it drew, never for text of others. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/**
 * A template of HTML. What is filled in is escaped, unless it is HTML already; lists are joined, undefined is nothing.
 */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(strings.reduce((text, string, index) => text + markupOf(values[index - 1]) + string));
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  return content.map(markupOf).join('');
}

/** A table of labels and values, for settings and keys. Pairs without a value are left out. */
export function definitions(pairs: readonly (readonly [string, Content])[]): Html {
  const rows = pairs
    .filter(([, value]) => value !== undefined && value !== '')
    .map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    );
  return html`<dl class="pairs">${rows}</dl>`;
}

/** A table that scrolls sideways by itself where the page is too narrow, by keyboard too. */
export function scrollableTable(label: string, head: Content, body: Content, foot?: Content): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        ${head}
      </thead>
      <tbody>
        ${body}
      </tbody>
      ${
        foot === undefined
          ? undefined
          : html`<tfoot>
              ${foot}
            </tfoot>`
      }
    </table>
  </div>`;
}
