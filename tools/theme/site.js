// Theme, menu, the contents' mark, figures in the dark, and search; nothing is loaded from elsewhere.
const root = document.currentScript.dataset.root, page = document.documentElement, $ = id => document.getElementById(id)

// Light or dark: the system's choice until the button is pressed
const dark = () => (page.style.colorScheme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
function store(key, value) { try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value) } catch { return null } }
function paint() {                                       // figures are drawn for light and wide paper
  const [ink, line] = dark() ? ['#d9dce3', '#343945'] : ['#2a3f5f', '#e4e8f0']
  for (const fig of document.querySelectorAll('.js-plotly-plot')) {
    const set = { paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', 'font.color': ink }
    for (const axis of Object.keys(fig._fullLayout).filter(k => /^[xy]axis\d*$/.test(k))) Object.assign(set, { [axis + '.gridcolor']: line, [axis + '.zerolinecolor']: line, [axis + '.linecolor']: line })
    if (fig.clientWidth < 520) Object.assign(set, { 'legend.orientation': 'h', 'legend.y': 1.02, 'legend.yanchor': 'bottom', 'legend.x': 0, 'legend.xanchor': 'left' })
    Plotly.relayout(fig, set)
  }
}
page.style.colorScheme = store('theme') || ''
$('site-theme').onclick = () => { page.style.colorScheme = dark() ? 'light' : 'dark'; store('theme', page.style.colorScheme); paint() }
$('site-menu').onclick = () => $('site-menu').setAttribute('aria-expanded', $('site-sidebar').classList.toggle('open'))
matchMedia('(prefers-color-scheme: dark)').onchange = paint
paint()

// Sources folded or open, all at once
const unfold = on => { for (const d of document.querySelectorAll('details.source')) d.open = on; $('site-sources').setAttribute('aria-pressed', on) }
$('site-sources').hidden = !document.querySelector('details.source')
$('site-sources').onclick = () => { const on = $('site-sources').getAttribute('aria-pressed') !== 'true'; store('sources', on ? '1' : ''); unfold(on) }
if (store('sources')) unfold(true)
const list = $('site-sidebar'), here = list.querySelector('[aria-current]')
if (here) list.scrollTop = here.offsetTop - list.clientHeight / 2      // scrollIntoView would move the page too

// Code is copied by a button
for (const pre of document.querySelectorAll('main pre:not(.output)')) {
  const box = document.createElement('div'), button = document.createElement('button')
  box.className = 'copyable'; button.className = 'copy'; button.textContent = 'Copy'; button.type = 'button'
  pre.replaceWith(box); box.append(pre, button)
  button.onclick = async () => {
    try { await navigator.clipboard.writeText(pre.innerText.trimEnd()); button.textContent = 'Copied' }
    catch { getSelection().selectAllChildren(pre); button.textContent = 'Selected' }   // pages on disk may not write to the clipboard
    setTimeout(() => button.textContent = 'Copy', 1500)
  }
}

// The contents show where the reader is
const marks = new Map([...document.querySelectorAll('#site-toc a')].map(a => [decodeURIComponent(a.hash.slice(1)), a]))
const heads = [...document.querySelectorAll('main h2[id], main h3[id]')].filter(h => marks.has(h.id))
function where() {
  const at = heads.filter(h => h.getBoundingClientRect().top < 120).pop()
  for (const [id, a] of marks) a.classList.toggle('on', id === at?.id)
}
addEventListener('scroll', where, { passive: true }); where()

// Search: the index is a script, so that it also loads from a folder on disk, and only when it is wanted
let loading
const index = () => loading ||= new Promise((ok, no) => { const s = document.createElement('script'); s.src = root + 'search.js'; s.onload = () => ok(INDEX); s.onerror = no; document.head.append(s) })
const escape = s => s.replace(/[&<>"]/g, c => `&#${c.charCodeAt()};`)
function score([title, head, , text], words) {           // every word must be there; titles weigh most
  let sum = 0
  for (const w of words) {
    const t = title.toLowerCase(), h = head.toLowerCase(), n = (t === w) * 40 + (h === w) * 30 + t.includes(w) * 12 + h.includes(w) * 8 + Math.min(4, text.toLowerCase().split(w).length - 1)
    if (!n) return 0
    sum += n
  }
  return sum + (head + ' ' + text).toLowerCase().includes(words.join(' ')) * 15
}
function snippet(text, words) {
  const at = Math.max(0, Math.min(...words.map(w => text.toLowerCase().indexOf(w)).filter(i => i >= 0), text.length) - 50)
  const cut = text.slice(at, at + 150), re = new RegExp(words.map(w => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi')
  let out = '', end = 0
  for (const m of cut.matchAll(re)) { out += escape(cut.slice(end, m.index)) + '<mark>' + escape(m[0]) + '</mark>'; end = m.index + m[0].length }
  return out + escape(cut.slice(end))
}
async function search() {
  const words = $('site-search').value.toLowerCase().split(/\s+/).filter(Boolean), hits = $('site-hits')
  hits.hidden = !words.length
  if (!words.length) return
  const found = (await index()).map(e => [score(e, words), e]).filter(([n]) => n).sort((a, b) => b[0] - a[0]).slice(0, 20)
  hits.innerHTML = found.map(([, [title, head, href, text]]) => `<li><a href="${root}${href}"><b>${escape(title)}</b>${head ? ' · ' + escape(head) : ''}<span>${snippet(text, words)}</span></a></li>`).join('')
    || '<li><a>nothing found</a></li>'
}
$('site-search').oninput = search
$('site-search').onfocus = () => { index(); search() }
addEventListener('keydown', e => {
  const links = [...$('site-hits').querySelectorAll('a[href]')], at = links.findIndex(a => a.classList.contains('on'))
  if (e.key === '/' && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) { e.preventDefault(); $('site-search').focus() }
  else if (e.key === 'Escape') { $('site-hits').hidden = true; $('site-search').blur() }
  else if (document.activeElement === $('site-search') && links.length) {
    if (e.key === 'Enter') links[Math.max(at, 0)].click()
    else if (/^Arrow(Down|Up)$/.test(e.key)) { e.preventDefault(); links[at]?.classList.remove('on'); const a = links[(at + (e.key === 'ArrowDown' ? 1 : -1) + links.length) % links.length]; a.classList.add('on'); a.scrollIntoView({ block: 'nearest' }) }
  }
})
addEventListener('click', e => { if (!e.target.closest('.search')) $('site-hits').hidden = true; if (e.target.closest('nav a')) $('site-sidebar').classList.remove('open') })
