// How a dossier that is surely valid is read: as dossier.xsd wants it, in one pass.
#pragma once

#include "adapters/simulator/quick_xml.hpp"

namespace ketenpoort::simulator {

inline constexpr QuickXml::Path insz_at = {"Personalia", "INSZ"};
inline constexpr QuickXml::Path sender_at = {"ToeleidingenPartner", "ToeleidingPartner", "Van", "ExternID"};
inline constexpr QuickXml::Path transfer_at = {"ToeleidingenPartner", "ToeleidingPartner", "ExterneID"};

// Tells the texts at those three places.
const QuickXml& dossier_reader();

}  // namespace ketenpoort::simulator
