"""Which kinds of analysis are to be expected on which kind of asset; what else is scanned there is welcome, but not missed."""

from prodsec.inventory.types import AssetKind
from prodsec.vocabulary.kinds import Kind

EXPECTED: dict[AssetKind, tuple[Kind, ...]] = {
    AssetKind.PROJECT: (Kind.DEPENDENCY, Kind.CODE, Kind.SECRET),
    AssetKind.IMAGE: (Kind.CONTAINER,),
    AssetKind.PACKAGE: (Kind.DEPENDENCY,),
    AssetKind.HOST: (Kind.HOST,),
    AssetKind.WORKSTATION: (Kind.HOST,),
    AssetKind.CLUSTER: (Kind.CLUSTER,),
    AssetKind.CLOUD_RESOURCE: (Kind.CLOUD,),
    AssetKind.WEBSITE: (Kind.WEB,),
}


def expected_on(kind: AssetKind) -> tuple[Kind, ...]:
    """The kinds of analysis that an asset of a kind should have had; of a group, none of its own."""
    return EXPECTED.get(kind, ())


def where_expected(analysis: Kind) -> tuple[AssetKind, ...]:
    """The kinds of asset that should be scanned by a kind of analysis."""
    return tuple(kind for kind, expected in EXPECTED.items() if analysis in expected)
