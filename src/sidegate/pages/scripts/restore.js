(() => {
  const target = document.querySelector("a[data-onward]").getAttribute("href");
  let hash = "";
  try {
    hash = sessionStorage.getItem("sidegate:" + target) || "";
    sessionStorage.removeItem("sidegate:" + target);
  } catch {
    hash = "";
  }
  location.replace(target + (hash.startsWith("#") ? hash : ""));
})();
