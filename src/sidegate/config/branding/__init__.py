"""What operators bring along for the pages: colours, a logo, a little HTML, templates."""
