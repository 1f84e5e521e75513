//! Targets looked at, as closely as a plan was asked to.

use crate::plan::{Place, Sight, places};
use crate::state::ClusterRecord;
use crate::target::{Ask, Extent, Known, Observed, Target, TargetError};

use super::planner::Refresh;

/// Whether the target is as we left it.
pub(super) async fn is_intact(
    refresh: Refresh,
    prior: &ClusterRecord,
    target: &dyn Target,
) -> Result<bool, TargetError> {
    let extent = match refresh {
        Refresh::None => return Ok(true),
        Refresh::Auto => Extent::Quick,
        Refresh::All => Extent::Full,
    };
    let known = places(Some(prior), None, &prior.target);
    let seen = target
        .observe(Ask {
            known,
            index: prior.index,
            extent,
        })
        .await?;
    Ok(seen.index_intact
        && seen
            .objects
            .iter()
            .all(|object| matches!(object, Observed::Same { .. })))
}

/// What the target holds in the places that a plan is about, and whether its index is as we left it.
pub(super) async fn sight(
    refresh: Refresh,
    target: &dyn Target,
    known: Vec<Known>,
    prior: Option<&ClusterRecord>,
) -> Result<(Sight, bool), TargetError> {
    let place = |known: &Known| Place {
        layer: known.layer.clone(),
        hook: known.hook,
        key: known.key.clone(),
    };
    if refresh == Refresh::None {
        // The state is believed: what it knows is there, and nothing else is.
        let there = known.iter().filter(|known| known.content.is_some());
        return Ok((
            there
                .map(|known| (place(known), Observed::Same { seen: known.seen }))
                .collect(),
            true,
        ));
    }
    let extent = if refresh == Refresh::All {
        Extent::Full
    } else {
        Extent::Quick
    };
    let index = prior.and_then(|prior| prior.index);
    let places: Vec<Place> = known.iter().map(place).collect();
    let seen = target
        .observe(Ask {
            known,
            index,
            extent,
        })
        .await?;
    Ok((
        places.into_iter().zip(seen.objects).collect(),
        seen.index_intact,
    ))
}
