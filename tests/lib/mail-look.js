/* mail-look.js - what is wrong with how this mail looks, as a list of lines
 *
 * Run in the page by t2210. Every run of text is held against the colour that
 * really lies behind it (WCAG 2.1, 1.4.3); sizes, links, pictures and structure
 * against what mail programs and people need. */
function mailLook(width) {
  const wrong = [];
  const say = (what, node) => wrong.push(what + ': ' +
      (node ? node.outerHTML.replace(/\s+/g, ' ').slice(0, 120) : ''));
  const parts = (colour) => {
    const n = colour.match(/[\d.]+/g).map(Number);
    return n.length < 4 ? [...n, 1] : n;
  };
  const light = ([r, g, b]) => {
    const l = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 :
        Math.pow((c + 0.055) / 1.055, 2.4));
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const c = parts(getComputedStyle(node).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const shown = (node) => {
    for (; node; node = node.parentElement)
      if (getComputedStyle(node).display === 'none') return false;
    return true;
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(node)) continue;
    const style = getComputedStyle(node);
    const a = light(parts(style.color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    count++;
    if (ratio < 4.5) say('contrast ' + ratio.toFixed(2), node);
    if (parseFloat(style.fontSize) < 14) say('smaller than 14 px', node);
  }
  if (!count) say('no text');

  for (const a of document.querySelectorAll('a')) {
    const box = a.getBoundingClientRect(), style = getComputedStyle(a);
    const button = a.classList.contains('button');
    if (!a.href) say('a link that leads nowhere', a);
    if (button && (box.height < 44 || box.width < 44))
      say('hard to hit, ' + box.width + ' x ' + box.height, a);
    if (button && parseFloat(style.borderTopWidth) > 0)
      say('forced dark mode gives borders another colour', a);
    if (!button && !style.textDecorationLine.includes('underline'))
      say('link without a line', a);
    if (box.right > width + 0.5) say('beyond the edge', a);
  }
  for (const img of document.images) {
    if (!img.hasAttribute('alt')) say('no alt', img);
    if (!img.getAttribute('width')) say('no width', img);
    if (!img.getAttribute('height')) say('no height', img);
  }
  for (const table of document.querySelectorAll('table'))
    if (table.getAttribute('role') !== 'presentation') say('data table', table);
  for (const node of document.querySelectorAll(
      'script,iframe,form,link,object,embed,video,svg,base'))
    say('not for mail', node);
  if (document.querySelectorAll('h1').length > 1) say('two first headings');
  let level = 1;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) say('heading level left out', h);
    level = now;
  }
  const html = document.documentElement;
  if (!html.lang) say('no language');
  if (!html.dir) say('no direction');
  if (!document.title.trim()) say('no title');
  if (!document.querySelector('meta[name=viewport]')) say('no viewport');
  if (!/light dark/.test((document.querySelector('meta[name=color-scheme]') ||
      {}).content)) say('no colour scheme');
  if (html.scrollWidth > width) say('wider than the window by ' +
      (html.scrollWidth - width));
  return wrong;
}

/* What contrast the text has in a picture (PNG, base64) of the page: colours
 * that the browser turns round by force are in no computed style. Behind a run
 * of text lies the colour most of its box has; the text is what differs most
 * from that, thin strokes being blended with it. Promises a list of lines. */
async function mailPixels(picture) {
  const wrong = [], image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const look = canvas.getContext('2d', { willReadFrequently: true });
  look.drawImage(image, 0, 0);
  const light = (i, p) => [0, 1, 2].reduce((sum, k) => {
    const c = p[i + k] / 255;
    return sum + [0.2126, 0.7152, 0.0722][k] *
        (c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
  }, 0);
  let count = 0;
  const measure = (box, word) => {
    const x = Math.floor(box.x + scrollX), y = Math.floor(box.y + scrollY);
    const w = Math.min(Math.ceil(box.width), image.width - x);
    const h = Math.min(Math.ceil(box.height), image.height - y);
    if (w < 8 || h < 8) return;
    const p = look.getImageData(x, y, w, h).data, seen = new Map();
    for (let i = 0; i < p.length; i += 4) {
      const l = light(i, p);
      seen.set(l, (seen.get(l) || 0) + 1);
    }
    const back = [...seen].reduce((a, b) => b[1] > a[1] ? b : a)[0];
    const ratio = Math.max(...[...seen.keys()].map((l) =>
        (Math.max(l, back) + 0.05) / (Math.min(l, back) + 0.05)));
    count++;
    if (ratio < 4.5)
      wrong.push('contrast ' + ratio.toFixed(2) + ' in the picture: ' + word);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (!texts.currentNode.parentElement.offsetHeight) continue;
    for (const word of texts.currentNode.data.matchAll(/[\p{L}\p{N}]{3,}/gu)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      for (const box of range.getClientRects()) measure(box, word[0]);
    }
  }
  if (!count) wrong.push('no text in the picture');
  return wrong;
}
