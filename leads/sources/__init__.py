"""Places that leads come from by themselves: forms and programs of any web site, and the visits of the site itself."""
