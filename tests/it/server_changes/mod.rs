//! What becomes of objects on a real server over several applies: those that stay, move, or have to be made anew, and those
//! that others refuse or change on their way in.

mod kept;
mod places;
mod policies;
mod site;
