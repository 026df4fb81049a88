"""Everything that touches the disk: catalogs, images, stores, settings. No Qt, no torch."""
