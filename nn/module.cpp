#include "nn/module.hpp"

#include "autodiff/text.hpp"

#include <algorithm>
#include <unordered_set>

namespace xtape::nn {

template <class T>
std::uint64_t NamedState<T>::key() const {
  return std::visit([](const auto& handle) { return handle.key(); }, kept);
}

template <class T>
Shape NamedState<T>::shape() const {
  if (const Parameter<T>* trained = parameter()) return trained->shape();
  const Buffer<T>* buffer = std::get_if<Buffer<T>>(&kept);
  return buffer == nullptr ? Shape{} : buffer->shape();
}

template <class T>
Module<T>::Module(Moved, Module&& other)
    : own_(other.own_),
      names_(other.names_),
      places_(other.places_),
      place_(other.place_),
      first_key_(other.first_key_),
      last_key_(other.last_key_) {
  if (!other.is_a_part_ && other.parts_.empty()) return;
  throw Error(
      "[Module] a module that was added to another, or has parts, cannot be moved: it is known by its address. "
      "Fill a vector of layers before the first of them is added");
}

template <class T>
std::vector<Parameter<T>> Module<T>::parameters() const {
  std::vector<Parameter<T>> result;
  for (const NamedParameter<T>& named : named_parameters()) result.push_back(named.parameter);
  return result;
}

template <class T>
std::vector<NamedParameter<T>> Module<T>::named_parameters() const {
  std::vector<NamedState<T>> all;
  const auto roster = std::make_shared<Roster>();
  collect("", all, *roster);
  std::unordered_set<std::uint64_t> seen;
  std::vector<NamedParameter<T>> result;
  for (const NamedState<T>& named : all) {
    const Parameter<T>* parameter = named.parameter();
    if (parameter == nullptr || !seen.insert(named.key()).second || parameter->frozen()) continue;
    result.push_back({named.name, *parameter});
  }
  roster->keys.assign(seen.begin(), seen.end());  // the frozen ones among them: they are not forgotten
  std::sort(roster->keys.begin(), roster->keys.end());
  for (NamedParameter<T>& named : result) named.parameter.set_roster(roster);
  return result;
}

template <class T>
std::vector<NamedState<T>> Module<T>::state() const {
  std::vector<NamedState<T>> all, result;
  Roster roster;
  collect("", all, roster);
  std::unordered_map<std::uint64_t, std::size_t> places;  // in the result, by key
  for (NamedState<T>& named : all) {
    const auto [place, is_new] = places.emplace(named.key(), result.size());
    if (is_new) {
      result.push_back(std::move(named));
    } else {
      result[place->second].other_names.push_back(std::move(named.name));
    }
  }
  return result;
}

template <class T>
std::size_t Module<T>::parameter_count() const {
  std::size_t count = 0;
  for (const NamedParameter<T>& named : named_parameters()) count += named.parameter.size();
  return count;
}

template <class T>
std::size_t Module<T>::total_parameter_count() const {
  std::size_t count = 0;
  for (const NamedState<T>& named : state()) {
    if (named.parameter() != nullptr) count += named.parameter()->size();
  }
  return count;
}

template <class T>
void Module<T>::freeze(std::string_view name) {
  set_frozen("freeze", name, true);
}

template <class T>
void Module<T>::unfreeze(std::string_view name) {
  set_frozen("unfreeze", name, false);
}

template <class T>
void Module<T>::set_frozen(const char* function, std::string_view name, bool frozen) {
  std::vector<NamedState<T>> all;
  Roster roster;
  collect("", all, roster);  // tied ones under each of their names
  std::erase_if(all, [](const NamedState<T>& named) { return named.parameter() == nullptr; });
  const auto matches = [&](const std::string& full) {
    return name.empty() || full == name ||
           (full.size() > name.size() && full.starts_with(name) && full[name.size()] == '.');
  };
  bool any = false;
  for (const NamedState<T>& named : all) {
    if (!matches(named.name)) continue;
    named.parameter()->set_frozen(frozen);
    any = true;
  }
  if (any) return;
  constexpr std::size_t kMostShown = 40;
  std::string names;
  for (std::size_t k = 0; k < std::min(all.size(), kMostShown); ++k) names += (k == 0 ? "" : ", ") + all[k].name;
  if (all.size() > kMostShown) names += ", and " + std::to_string(all.size() - kMostShown) + " more";
  throw Error(text::bracketed(function) + "a parameter or the beginning of its dotted name expected, got " +
              text::quoted(name) + "; there are " + (names.empty() ? "none" : names));
}

template <class T>
void Module<T>::train(bool training) {
  place_->training = training;
  for (const auto& [name, part] : parts_) part->train(training);
}

template <class T>
std::vector<Random*> Module<T>::generators() const {
  std::vector<Random*> all;
  collect(all);
  return all;
}

template <class T>
std::string Module<T>::path() const {
  std::string path;
  std::shared_ptr<const Place> place = place_;
  while (const std::shared_ptr<const Place> parent = place->parent.lock()) {
    path = path.empty() ? place->name : place->name + "." + path;
    place = parent;
  }
  return path;
}

template <class T>
void Module<T>::refuse_shape(const char* what) const {
  const std::string name = path();
  throw ShapeError(name.empty() ? what : text::bracketed(kind()) + name + ": " + what);
}

template <class T>
void Module<T>::add(std::string name, Module& part) {
  check_name(name);
  if (&part == this) throw Error("[Module] a module cannot be a part of itself, got \"" + name + "\"");
  if (const std::string path = part.path_to(*this); !path.empty()) {
    throw Error("[Module] the module \"" + name + "\" cannot be a part of one that it contains: that is its part \"" +
                path + "\"");
  }
  if (part.place_->parent.expired()) {
    part.place_->parent = place_;
    part.place_->name = name;
  }
  names_.insert(name);
  parts_.emplace_back(std::move(name), &part);
  part.is_a_part_ = true;
  stretch_to_now();
}

template <class T>
void Module<T>::add_own(std::string name, Module& part) {
  const std::uint64_t last = last_key_;
  add(std::move(name), part);
  last_key_ = last;
}

template <class T>
void Module<T>::add(std::string name, const Parameter<T>& parameter) {
  add_state(std::move(name), parameter);
}

template <class T>
void Module<T>::add(std::string name, const Buffer<T>& buffer) {
  add_state(std::move(name), buffer);
}

template <class T>
void Module<T>::add(std::string name, const Counter& counter) {
  add_state(std::move(name), counter);
}

template <class T>
void Module<T>::add_state(std::string name, std::variant<Parameter<T>, Buffer<T>, Counter> kept) {
  check_name(name);
  NamedState<T> added{std::move(name), std::move(kept)};
  if (const auto found = places_.find(added.key()); found != places_.end()) {
    throw Error("[Module] \"" + added.name + "\" was added before, as \"" + own_[found->second].name +
                "\": it has one name here");
  }
  names_.insert(added.name);
  places_.emplace(added.key(), own_.size());
  own_.push_back(std::move(added));
  stretch_to_now();
}

/// What was made up to here was made along with this, unless another thread adds than made it.
template <class T>
void Module<T>::stretch_to_now() {
  const std::uint64_t now = detail::next_key();
  if (detail::is_same_block(first_key_, now)) last_key_ = now;
}

template <class T>
void Module<T>::check_name(const std::string& name) const {
  if (names_.contains(name)) throw Error("[Module] the name \"" + name + "\" is added twice");
  if (name.empty() || name.find('.') != std::string::npos) {
    throw Error("[Module] a name must not be empty or have a dot in it, got \"" + name + "\"");
  }
}

template <class T>
std::string Module<T>::path_to(const Module& part) const {
  for (const auto& [name, own] : parts_) {
    if (own == &part) return name;
    if (const std::string path = own->path_to(part); !path.empty()) return name + "." + path;
  }
  return "";
}

template <class T>
void Module<T>::collect(const std::string& prefix, std::vector<NamedState<T>>& into, Roster& roster) const {
  roster.made.push_back({first_key_, last_key_});
  for (const NamedState<T>& named : own_) into.push_back({prefix + named.name, named.kept});
  for (const auto& [name, part] : parts_) part->collect(prefix + name + ".", into, roster);
}

template <class T>
void Module<T>::collect(std::vector<Random*>& into) const {
  Random* const own = generator();
  if (own != nullptr && std::find(into.begin(), into.end(), own) == into.end()) into.push_back(own);
  for (const auto& [name, part] : parts_) part->collect(into);
}

template struct NamedState<float>;
template struct NamedState<double>;
template class Module<float>;
template class Module<double>;

}  // namespace xtape::nn
