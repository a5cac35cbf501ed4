"""The pages of people: the way in, one's own profile, and the settings of people and teams."""
