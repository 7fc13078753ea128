(() => {
  const hash = location.hash;
  if (hash.length < 2) return;
  for (const form of document.querySelectorAll("form[method=post]")) form.action += hash;
  for (const link of document.querySelectorAll("a[data-start]")) {
    const start = new URL(link.href);
    const rd = start.searchParams.get("rd");
    if (!rd || rd.includes("#")) continue;
    try {
      sessionStorage.setItem("sidegate:" + rd, hash);
    } catch {
      continue;
    }
    start.searchParams.set("rd", rd + "#sidegate:kept");
    link.href = start.href;
  }
})();
