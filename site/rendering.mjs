import { renderMermaidSVG } from 'beautiful-mermaid';

/** The colours are those of the theme, so that a drawing follows light and dark. */
const LOOK = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  line: 'var(--vp-c-text-3)',
  accent: 'var(--vp-c-brand-1)',
  muted: 'var(--vp-c-text-2)',
  surface: 'var(--vp-c-bg-soft)',
  border: 'var(--vp-c-divider)',
  transparent: true,
  font: 'Arial',
  padding: 16,
  layerSpacing: 28,
};
/** The renderer loads a web font; the site makes no request to other hosts. */
const WEB_FONT = /@import url\([^)]*\);?/g;

/** Draws the `mermaid` blocks as SVG while the site is built. */
export function drawings(markdown) {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    const svg = renderMermaidSVG(content, LOOK).replace(WEB_FONT, '');
    // A style sheet inside of a template would be lost; inside of a text it stays.
    return `<div class="drawing" tabindex="0" v-html="${markdown.utils.escapeHtml(JSON.stringify(svg))}"></div>`;
  };
}

/** Longest inline code, in characters, that is not broken into lines. */
const UNBROKEN = 30;

/** Shows inline code as written: placeholders of templates, which Vue would evaluate, and options, which break at their hyphens. */
export function inlineCodes(markdown) {
  const { code_inline: asBefore } = markdown.renderer.rules;
  markdown.renderer.rules.code_inline = (tokens, index, ...rest) => {
    tokens[index].attrSet('v-pre', '');
    if (tokens[index].content.length <= UNBROKEN) tokens[index].attrJoin('class', 'unbroken');
    return asBefore(tokens, index, ...rest);
  };
}
