// The purposes of the shipped configuration, without reading it.
#pragma once

#include "gateway/mapping/library.hpp"

namespace ketenpoort::mapping {

// What each purpose may take, as config/purposes.yaml has it.
inline LoadOptions shipped_purposes() {
  using enum Category;
  const CategorySet person{identity_core, contact, referral};
  LoadOptions options;
  options.purposes["work-guidance"] = {
      person | CategorySet{labour_access, languages, schooling},
      {identity_more, residence, childcare, education, work_experience, skills, wishes, availability}};
  options.purposes["language-course"] = {person | CategorySet{languages, schooling},
                                         {residence, childcare, availability}};
  options.purposes["civic-integration"] = {
      person | CategorySet{status, languages},
      {identity_more, residence, childcare, schooling, education, work_experience, skills, availability}};
  options.purposes["warm-handover"] = {person | CategorySet{residence, status},
                                       {identity_more, labour_access, household, childcare, languages, schooling,
                                        education, work_experience, skills, wishes, case_note}};
  return options;
}

}  // namespace ketenpoort::mapping
