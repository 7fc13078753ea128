location.replace(document.querySelector("a[data-start]").href);
