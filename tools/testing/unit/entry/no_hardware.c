// SPDX-License-Identifier: GPL-2.0-only
/* The suite brings its own sync: that of the formats is never called. */
#include <linux/errno.h>
#include <amd/amd.h>
#include <smmuv3/smmuv3.h>
#include <vtd/vtd.h>

int amd_dte_sync(void *ctx)
{
	return -EIO;
}

int smmu_run_one(struct smmu *smmu, struct ring_cmd cmd)
{
	return -EIO;
}

void vtd_flush_add(struct vtd_flush *flush, struct ring_cmd cmd)
{
}

int vtd_flush_end(struct vtd_flush *flush)
{
	return -EIO;
}
