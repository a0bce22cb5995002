// All fixes of a file as one plan: passes of edits that do not overlap, each checked on its result.
#include <algorithm>

#include "modelexport/check.h"

namespace modelexport::check {

struct FixPlan::Pass {
  onnx::EditPlan plan;
  std::unique_ptr<onnx::PlannedSource> result;
};

namespace {

constexpr int kMostPasses = 6;

bool overlap(ByteRange a, ByteRange b) {
  return a.size != 0 && b.size != 0 && a.offset < b.end() && b.offset < a.end();
}

/// Edits of one pass, in the order of the findings; those that touch what another one changes wait.
class Pass {
 public:
  explicit Pass(const onnx::ModelView& model) : edit_(model) {}

  void add(const Fix& fix) {
    const auto near = std::lower_bound(taken_.begin(), taken_.end(), fix.touches,
                                       [](ByteRange a, ByteRange b) { return a.end() <= b.offset; });
    if (near != taken_.end() && overlap(*near, fix.touches)) return;
    if (fix.touches.size != 0) taken_.insert(near, fix.touches);
    fix.apply(edit_);
  }
  Result<onnx::EditPlan> build() { return edit_.build(); }

 private:
  onnx::EditBuilder edit_;
  std::vector<ByteRange> taken_;  ///< sorted, disjoint
};

std::optional<ByteRange> part_to_keep(const Report& report) {
  for (const Finding& finding : report.findings)
    for (const Fix& fix : finding.fixes)
      if (fix.keep) return fix.keep;
  return std::nullopt;
}

onnx::EditPlan keep_part(ByteRange part, std::uint64_t size) {
  onnx::EditPlan plan;
  plan.pieces = {part};
  plan.source_size = size;
  plan.output_size = part.size;
  plan.notes = {{"(file)", std::to_string(size - part.size) + " foreign bytes", std::nullopt}};
  return plan;
}

/// Takes the edits out of the report: they are large, and made once.
Result<onnx::EditPlan> plan_pass(const ByteSource& source, Report& report, const Options& options) {
  if (const auto part = part_to_keep(report)) return keep_part(*part, source.size());
  const auto model = onnx::ModelView::open(source, options.limits);
  if (!model) return onnx::EditPlan{};
  Pass pass(*model);
  for (Finding& finding : report.findings) {
    for (Fix& fix : finding.fixes) {
      pass.add(fix);
      fix.apply = nullptr;
    }
  }
  return pass.build();
}

bool any_fixable(const Report& report) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [](const Finding& f) { return f.fixable(); });
}

/// The findings as they are shown: that they can be fixed, not how. A large file has a fix per node.
Report without_edits(const Report& report) {
  Report out;
  out.path = report.path;
  out.kind = report.kind;
  out.verdict = report.verdict;
  for (const Finding& finding : report.findings) {
    Finding& copy = out.findings.emplace_back();
    copy = {finding.rule,
            finding.severity,
            finding.refused_by,
            finding.message,
            finding.where,
            finding.node,
            finding.module,
            finding.hint,
            finding.more,
            finding.unsafe,
            {}};
    if (finding.fixable()) copy.fixes.resize(1);
  }
  return out;
}

std::uint64_t places(const Report& report) {
  std::uint64_t count = 0;
  for (const Finding& finding : report.findings) count += 1 + finding.more;
  return count;
}

}  // namespace

Result<FixPlan> FixPlan::make(const ByteSource& source, const Options& options) {
  FixPlan plan;
  plan.source_ = &source;
  plan.left_ = check_model(source, options);
  plan.before_ = without_edits(plan.left_);
  if (plan.left_.more_edits)
    return fail(ErrorCode::model_limit, "the file has more defects than can be repaired at once",
                {.path = source.name()},
                "repair one kind at a time: --select RULE; else export the model again");
  for (int i = 0; i < kMostPasses && any_fixable(plan.left_); ++i) {
    ME_TRY(onnx::EditPlan edits, plan_pass(plan.result(), plan.left_, options));
    if (edits.unchanged()) break;
    plan.left_ = {};
    auto pass = std::make_shared<Pass>();
    pass->plan = std::move(edits);
    pass->result = std::make_unique<onnx::PlannedSource>(pass->plan, plan.result());
    plan.notes_.insert(plan.notes_.end(), pass->plan.notes.begin(), pass->plan.notes.end());
    plan.passes_.push_back(std::move(pass));
    plan.left_ = check_model(plan.result(), options);
  }
  if (plan.left_.count(Severity::error) > plan.before_.count(Severity::error))
    return fail(ErrorCode::model_edit, "the fixes would add errors, so nothing is changed",
                {.path = source.name()}, "report the file, or leave rules out: --ignore RULE");
  const std::uint64_t before = places(plan.before_);
  const std::uint64_t after = places(plan.left_);
  plan.fixed_ = before > after ? before - after : 0;
  return plan;
}

const ByteSource& FixPlan::result() const { return passes_.empty() ? *source_ : *passes_.back()->result; }

std::string FixPlan::describe() const {
  std::string out;
  for (const auto& pass : passes_) out += onnx::describe(pass->plan);
  return out;
}

Status FixPlan::execute(ByteSink& sink, Progress& progress) const {
  if (passes_.empty()) return copy_range(*source_, {0, source_->size()}, sink);
  const ByteSource& input = passes_.size() > 1 ? *passes_[passes_.size() - 2]->result : *source_;
  return onnx::execute(passes_.back()->plan, input, sink, progress);
}

Result<onnx::EditPlan> FixPlan::combined() const {
  onnx::EditPlan all;
  all.source_size = all.output_size = source_->size();
  all.pieces = {ByteRange{0, source_->size()}};
  for (const auto& pass : passes_) {
    ME_TRY(all, onnx::combine(all, pass->plan));
  }
  return all;
}

}  // namespace modelexport::check
