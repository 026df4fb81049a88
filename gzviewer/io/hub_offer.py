"""What adding a model of the hub would fetch: told before a person is asked to agree."""

from dataclasses import dataclass

from gzviewer.io.hub import cached_folder, endpoint, hub_cache, hub_name, wanted_files
from gzviewer.io.hub_files import Offered, listing
from gzviewer.jobs.import_requests import LookUpRequest
from gzviewer.jobs.job import JobContext


@dataclass(frozen=True)
class HubOffer:
    """A model of the hub, and what of it would be fetched.

    Parameters
    ----------
    source
        ``hf_hub:owner/name``, as it is added.
    files
        What would be fetched, the weights last; empty where the model is on this computer already.
    licence
        As the hub has it; "" where it does not tell or was not asked.
    where
        The folder that holds it, or would hold it; the site that would be asked.
    """

    source: str
    files: tuple[Offered, ...]
    licence: str
    where: str
    site: str

    @property
    def is_here(self) -> bool:
        """True where nothing needs to be fetched."""
        return not self.files

    @property
    def size(self) -> int:
        """Bytes that would be fetched, what an earlier attempt left not taken off."""
        return sum(file.size for file in self.files)


def offer_of(text: str) -> HubOffer:
    """Look for a model in the local cache, and only where it is not there ask the hub about it. Fetches no weights.

    Raises
    ------
    ModelError
        If it is no name of the hub, the hub cannot be reached, or has no weights of that name.
    """
    name = hub_name(text)
    source = f"hf_hub:{name}" + ("" if "@" not in text else f"@{name.revision}")
    folder = cached_folder(name)
    if folder is not None:
        return HubOffer(source, (), "", str(folder), endpoint())
    offered = listing(endpoint(), str(name), name.revision)
    files = tuple(wanted_files(name, offered.files))
    return HubOffer(source, files, offered.licence, str(hub_cache()), endpoint())


def run_look_up(request: LookUpRequest, context: JobContext) -> HubOffer:
    """What a child process does: `offer_of`."""
    context.checkpoint()
    return offer_of(request.name)
